// Cuts a text that is still being written into prose and code, piece by piece, so that what
// stands on the page is never drawn anew. Comes to the same as `cut` of the whole text.

const OPEN = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
/** The beginning of a line of which a fence may become. */
const MAY_OPEN = /^ {0,3}(`[^]*|~[^]*)?$/;
/** Prose goes on in a new block at a paragraph's end after so many characters. */
const BLOCK = 2000;
/** No fence is as long as this: what is longer need not be held back. */
const LONGEST_FENCE = 1000;

/**
 * `write` gets steps: `{ open: "prose" | "code", lang }` begins a block, `{ text }` is added to it.
 * Gives back `{ feed(text), end() }`.
 */
export function cutter(write) {
  /** What is there of the line and not written yet. */
  let line = "";
  let isBegun = false;
  let fence = null;
  let isOpen = false;
  let size = 0;
  /** White space that is written once something follows it. */
  let pending = "";
  let carriage = false;

  function begin(code, lang = "") {
    write({ open: code ? "code" : "prose", lang });
    isOpen = true;
    size = 0;
    pending = "";
  }

  function prose(text) {
    const all = pending + text;
    const bare = all.trimEnd();
    if (bare === "") {
      pending = all;
      return;
    }
    if (!isOpen) {
      begin(false);
      put(bare.replace(/^\s*\n/, ""));
    } else if (size > BLOCK && /^\s*\n\s*\n/.test(all)) {
      begin(false);
      put(bare.replace(/^\s*\n/, ""));
    } else {
      put(bare);
    }
    pending = all.slice(bare.length);
  }

  function put(text) {
    size += text.length;
    write({ text });
  }

  /** Lines of code are parted by line feeds; there is none after the last. */
  function code(text) {
    if (!isOpen) return;
    if (pending + text !== "") put(pending + text);
    pending = "";
  }

  function close() {
    if (pending.length > 1) put(pending.slice(0, -1));
    fence = null;
    isOpen = false;
    pending = "";
  }

  /** The line is whole. */
  function whole() {
    const open = fence === null && !isBegun ? OPEN.exec(line) : null;
    if (open) {
      fence = open[1];
      begin(true, open[2].toLowerCase());
      pending = "";
    } else if (fence !== null && !isBegun && closes(line, fence)) {
      close();
    } else {
      part();
      if (fence === null) prose("\n");
      else pending += "\n";
    }
    line = "";
    isBegun = false;
  }

  /** Writes what is there of a line. */
  function part() {
    const text = line;
    line = "";
    if (text === "") return;
    isBegun = true;
    if (fence === null) prose(text);
    else code(text);
  }

  const mayBeFence = () =>
    !isBegun && line.length < LONGEST_FENCE && (fence === null ? MAY_OPEN.test(line) : line.trim().replaceAll(fence[0], "") === "");

  return {
    feed(text) {
      const all = (carriage ? "\r" : "") + text;
      carriage = all.endsWith("\r");
      const lines = (carriage ? all.slice(0, -1) : all).split(/\r\n|\r|\n/);
      lines.forEach((each, index) => {
        line += each;
        if (index < lines.length - 1) whole();
      });
      if (line !== "" && !mayBeFence()) part();
    },
    end() {
      if (carriage) whole();
      const opens = fence === null && !isBegun && OPEN.test(line);
      if (fence !== null && !isBegun && closes(line, fence)) close();
      else if (!opens) part();
      if (fence !== null) code("");
      line = "";
    },
  };
}

function closes(line, fence) {
  const bare = line.trim();
  return bare.length >= fence.length && bare === fence[0].repeat(bare.length);
}
