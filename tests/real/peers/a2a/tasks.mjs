// What is asked of tasks in A2A 1.0, by @a2a-js/sdk as it is.

import { ListTasksRequest, TaskPushNotificationConfig } from "@a2a-js/sdk";
import { randomUUID } from "node:crypto";
import { BINDING, HOOK, alice, all, bob, content, message, outcome, state } from "./client.mjs";
import { check, holds, same } from "./checks.mjs";

const list = async (asked) => (await alice.client()).listTasks(ListTasksRequest.fromJSON(asked));
const ids = (tasks) => tasks.map((task) => task.id);

check("a_task_is_shown_with_as_much_history_as_asked", async () => {
  const asked = await alice.task("tck-input-required");
  const task = await alice.task("tck-complete-task", { task: asked });
  const whole = (await alice.shown(task)).history;
  for (const length of [0, 1, 2]) {
    const { history } = await alice.shown(task, { historyLength: length });
    same(history, length ? whole.slice(-length) : []);
  }
  holds(whole.length >= 2, whole);
});

check("tasks_are_listed_by_context_state_and_time", async () => {
  const context = `context-${randomUUID()}`;
  const first = await alice.task("tck-artifact-text", { context });
  const second = await alice.task("tck-reject-task", { context });
  const whole = await list({ contextId: context });
  same(ids(whole.tasks), [second.id, first.id]);
  same([whole.totalSize, whole.pageSize, whole.nextPageToken], [2, 50, ""]);
  same(whole.tasks.map((task) => task.artifacts.length), [0, 0]);
  const done = await list({ contextId: context, status: "TASK_STATE_COMPLETED", includeArtifacts: true });
  same([ids(done.tasks), done.tasks[0].artifacts.length], [[first.id], 1]);
  const late = await list({ contextId: context, statusTimestampAfter: second.status.timestamp });
  same(ids(late.tasks), [second.id]);
});

check("tasks_are_listed_in_pages", async () => {
  const context = `context-${randomUUID()}`;
  const made = [];
  for (let i = 0; i < 3; i++) made.unshift((await alice.task("tck-complete-task", { context })).id);
  const one = await list({ contextId: context, pageSize: 2 });
  const other = await list({ contextId: context, pageSize: 2, pageToken: one.nextPageToken });
  same([one.totalSize, one.tasks.length, other.tasks.length, other.nextPageToken], [3, 2, 1, ""]);
  same(ids([...one.tasks, ...other.tasks]), made);
});

check("a_task_is_canceled", async () => {
  const task = await alice.task("tck-cancel", { returnImmediately: true });
  same(state(await (await alice.client()).cancelTask({ tenant: "", id: task.id, metadata: undefined })), "CANCELED");
  same(state(await alice.shown(task)), "CANCELED");
});

check("all_who_watch_a_task_are_told_the_same", async () => {
  const task = await alice.task("test-resubscribe-message-id", { returnImmediately: true });
  const [one, other] = await Promise.all([alice.watched(task.id), alice.watched(task.id)]);
  same(outcome(one).ended, "COMPLETED");
  // Who came first has seen more.
  const least = Math.min(one.length, other.length) - 1;
  same(one.slice(-least), other.slice(-least));
});

check("who_watches_a_task_that_asks_sees_its_end", async () => {
  const task = await alice.task("tck-input-required");
  const stream = (await alice.client()).resubscribeTask({ tenant: "", id: task.id });
  const { value: first } = await stream.next();
  same(state(first.payload.value), "INPUT_REQUIRED");
  await alice.task("tck-complete-task", { task });
  same(outcome([first, ...await all(stream)]).ended, "COMPLETED");
});

check("webhooks_are_kept_shown_listed_and_removed", async () => {
  const [client, task] = [await alice.client(), await alice.task("tck-complete-task")];
  const create = (config) => client.createTaskPushNotificationConfig(
    TaskPushNotificationConfig.fromJSON({ taskId: task.id, ...config }));
  const first = await create({ url: HOOK, token: "of the hook" });
  const authentication = { scheme: "Bearer", credentials: "secret" };
  same((await create({ id: "mine", url: `${HOOK}/2`, authentication })).id, "mine");
  const key = { tenant: "", taskId: task.id, id: "mine" };
  const shown = await client.getTaskPushNotificationConfig(key);
  same([shown.id, shown.url, shown.taskId], ["mine", `${HOOK}/2`, task.id]);
  const listed = async () => {
    const asked = { tenant: "", taskId: task.id, pageSize: 0, pageToken: "" };
    return (await client.listTaskPushNotificationConfig(asked)).configs.map((config) => config.id).sort();
  };
  same(await listed(), [first.id, "mine"].sort());
  await client.deleteTaskPushNotificationConfig(key);
  await client.deleteTaskPushNotificationConfig(key);
  same(await listed(), [first.id]);
});

check("callers_get_a_card_of_their_own", async () => {
  for (const [caller, name] of [[alice, "alice"], [bob, "bob"]]) {
    const card = await (await caller.client()).getAgentCard();
    same(card.name, (await alice.card()).name);
    const known = card.skills.filter((skill) => skill.id === "known-caller");
    same(known.map((skill) => skill.description), [`Shown to ${name} alone.`]);
  }
});

check("a_request_that_is_repeated_makes_one_task", async () => {
  const [request, key] = [message("tck-complete-task"), { "Idempotency-Key": randomUUID() }];
  same((await alice.sent(request, key)).id, (await alice.sent(request, key)).id);
});

check("a_message_id_that_comes_again_is_another_message", async () => {
  const request = message("tck-complete-task");
  holds((await alice.sent(request)).id !== (await alice.sent(request)).id, request);
});

// gRPC has no numbers of events.
if (BINDING !== "GRPC") check("a_stream_that_broke_goes_on_after_its_last_event", async () => {
  const task = await alice.task("tck-stream-artifact-chunked");
  const events = (await alice.watched(task.id, { "Last-Event-ID": "1" })).map((event) => event.payload);
  const pieces = events.filter((event) => event.$case === "artifactUpdate");
  same(pieces.map((event) => content(event.value.artifact.parts)).join(""), "chunk-1 chunk-2");
  holds(events.every((event) => ["artifactUpdate", "statusUpdate"].includes(event.$case)), events);
  same(state(events.at(-1).value), "COMPLETED");
});
