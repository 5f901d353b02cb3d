// Reads the text of a server-sent event stream, however it is cut into pieces.

/** Gives back a function to feed pieces of text to; `onEvent` gets `{ data }`, the one thing of an event that is used here. */
export function sseParser(onEvent) {
  let rest = "";
  let data = [];

  function line(text) {
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(text);
    if (field === "data") data.push(value);
    if (text !== "" || data.length === 0) return;
    onEvent({ data: data.join("\n") });
    data = [];
  }

  return function feed(piece) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const each of lines) line(each.replace(/\r$/, ""));
  };
}
