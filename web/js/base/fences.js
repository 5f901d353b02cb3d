// Cuts a text at its ``` fences into pieces of prose and pieces of code.

const OPEN = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;

/** Gives back `[{ code: boolean, lang, text }, …]`; an unclosed fence runs to the end. */
export function cut(text) {
  const pieces = [];
  let fence = null;
  let lang = "";
  let lines = [];

  const push = (code) => {
    const joined = lines.join("\n");
    const body = code ? joined : joined.replace(/^\s*\n/, "").trimEnd();
    if (body.trim() !== "") pieces.push({ code, lang: code ? lang : "", text: body });
    lines = [];
  };

  for (const line of text.split(/\r\n|\r|\n/)) {
    const open = fence === null ? OPEN.exec(line) : null;
    if (open) {
      push(false);
      fence = open[1];
      lang = open[2].toLowerCase();
    } else if (fence !== null && closes(line, fence)) {
      push(true);
      fence = null;
    } else {
      lines.push(line);
    }
  }
  push(fence !== null);
  return pieces;
}

function closes(line, fence) {
  const bare = line.trim();
  return bare.length >= fence.length && bare === fence[0].repeat(bare.length);
}
