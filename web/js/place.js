// Which request is open, kept in the address: reloading and going back show it again.

const PREFIX = "#task=";

export function openTask() {
  const { hash } = location;
  if (!hash.startsWith(PREFIX)) return null;
  try {
    return decodeURIComponent(hash.slice(PREFIX.length)) || null;
  } catch {
    return null;
  }
}

export function setOpenTask(id) {
  if (id === openTask()) return;
  history.pushState(null, "", id === null ? location.pathname : PREFIX + encodeURIComponent(id));
}
