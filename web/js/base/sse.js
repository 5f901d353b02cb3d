// Reads the text of a server-sent event stream, however it is cut into pieces.

/**
 * Gives back a function to feed pieces of text to; `onEvent` gets `{ id, type, data }`.
 * `id` is the last one seen, as the HTML standard has it.
 */
export function sseParser(onEvent) {
  let rest = "";
  let started = false;
  let skipLineFeed = false;
  let id = "";
  let type = "";
  let data = [];

  function line(text) {
    if (text === "") {
      if (data.length > 0) onEvent({ id, type: type || "message", data: data.join("\n") });
      type = "";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event") type = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  }

  return function feed(piece) {
    if (piece === "") return;
    if (!started) {
      started = true;
      piece = piece.replace(/^\uFEFF/, "");
    }
    // A line feed that opens a piece may belong to a carriage return that closed the last one.
    if (skipLineFeed && piece.startsWith("\n")) piece = piece.slice(1);
    skipLineFeed = piece.endsWith("\r");
    const lines = (rest + piece).split(/\r\n|\r|\n/);
    rest = lines.pop();
    for (const each of lines) line(each);
  };
}
