// The tasks of a hand-off, as the family that they are.

/** The tasks of a tree by id, each with its `children`, oldest first, its `calls` of engines, and those of `memory`. */
export function familyOf({ tasks: told, calls, memory = [] }) {
  const ordered = told.toSorted((a, b) => a.created_ms - b.created_ms);
  const tasks = new Map(ordered.map((task) => [task.task_id, { ...task, children: [], calls: [], memory: [] }]));
  for (const task of tasks.values()) tasks.get(task.parent)?.children.push(task);
  for (const call of calls) tasks.get(call.task_id)?.calls.push(call);
  for (const call of memory) tasks.get(call.task_id)?.memory.push(call);
  return tasks;
}

/** A task and all it was handed on to, however far. */
export const all = (task) => [task, ...task.children.flatMap(all)];
