// The kinds of events that end a task.

const ENDS = new Set(["completed", "failed", "canceled", "rejected"]);

export const isEnd = (kind) => ENDS.has(kind);
