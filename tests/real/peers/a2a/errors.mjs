// Every error of A2A 1.0 that a caller can cause, by @a2a-js/sdk as it is; what it cannot ask goes without it.

import { ListTasksRequest, SendMessageRequest, TaskPushNotificationConfig } from "@a2a-js/sdk";
import { randomUUID } from "node:crypto";
import { AGENT, BINDING, Caller, HOOK, alice, bob, message, narrow, nobody } from "./client.mjs";
import { check, holds, refused, same } from "./checks.mjs";

const chat = new Caller(alice.token, AGENT.replace(/[^/]+$/, "chat"));
const NOBODYS = "01990000-0000-7000-8000-000000000000";

// Whatever `caller` asks of the task, there is none.
async function nothingIsFound(caller, id) {
  const [client, task, key] = [await caller.client(), { id }, { tenant: "", taskId: id, id: "some" }];
  for (const doing of [
    () => client.getTask({ tenant: "", id }),
    () => client.cancelTask({ tenant: "", id, metadata: undefined }),
    () => caller.watched(id),
    () => caller.sent(message("tck-complete-task", { task })),
    () => caller.events(message("tck-complete-task", { task })),
    () => client.createTaskPushNotificationConfig(TaskPushNotificationConfig.fromJSON({ taskId: id, url: HOOK })),
    () => client.getTaskPushNotificationConfig(key),
    () => client.listTaskPushNotificationConfig({ tenant: "", taskId: id, pageSize: 0, pageToken: "" }),
    () => client.deleteTaskPushNotificationConfig(key),
  ]) await refused("TASK_NOT_FOUND", doing());
}

check("a_task_that_is_not_there_is_not_found", async () => {
  await nothingIsFound(alice, NOBODYS);
  await nothingIsFound(alice, "no id of ours");
});

check("a_task_of_another_is_not_found_and_not_listed", async () => {
  const task = await alice.task("tck-input-required");
  await nothingIsFound(bob, task.id);
  for (const asked of [{ contextId: task.contextId }, {}]) {
    const { tasks } = await (await bob.client()).listTasks(ListTasksRequest.fromJSON(asked));
    holds(!tasks.some(({ id }) => id === task.id), tasks);
  }
});

check("a_webhook_that_is_not_there_is_not_found", async () => {
  const key = { tenant: "", taskId: (await alice.task("tck-complete-task")).id, id: "none" };
  await refused("TASK_NOT_FOUND", (await alice.client()).getTaskPushNotificationConfig(key));
});

check("a_task_that_has_ended_cannot_be_canceled", async () => {
  const client = await alice.client();
  const cancel = ({ id }) => client.cancelTask({ tenant: "", id, metadata: undefined });
  const canceled = await alice.task("tck-cancel", { returnImmediately: true });
  await cancel(canceled);
  for (const task of [await alice.task("tck-complete-task"), canceled]) {
    await refused("TASK_NOT_CANCELABLE", cancel(task));
  }
});

check("a_task_that_has_ended_takes_no_message_and_no_watcher", async () => {
  const task = await alice.task("tck-complete-task");
  await refused("UNSUPPORTED_OPERATION", alice.sent(message("tck-complete-task", { task })));
  await refused("UNSUPPORTED_OPERATION", alice.events(message("tck-complete-task", { task })));
  await refused("UNSUPPORTED_OPERATION", alice.watched(task.id));
});

check("a_context_that_is_not_the_tasks_is_refused", async () => {
  const task = await alice.task("tck-input-required");
  await refused("INVALID_PARAMS", alice.sent(message("tck-complete-task", { task, context: "another" })));
});

check("a_message_that_lacks_something_is_refused_and_the_field_is_named", async () => {
  const whole = { messageId: "some", role: "ROLE_USER", parts: [{ text: "please" }] };
  for (const name of Object.keys(whole)) {
    const request = SendMessageRequest.fromJSON({ message: { ...whole, [name]: undefined } });
    const error = await refused("INVALID_PARAMS", alice.sent(request));
    holds(error.message.includes(name), error.message);
    await refused("INVALID_PARAMS", alice.events(request));
  }
  await refused("INVALID_PARAMS", alice.sent(SendMessageRequest.fromJSON({ message: { ...whole, parts: [{}] } })));
});

check("a_page_that_cannot_be_is_refused", async () => {
  const client = await alice.client();
  for (const asked of [{ pageSize: 0 }, { pageSize: 101 }, { pageToken: "none of yours" }, { historyLength: -1 }]) {
    await refused("INVALID_PARAMS", client.listTasks(ListTasksRequest.fromJSON(asked)));
  }
});

check("a_webhook_without_an_address_is_refused", async () => {
  const [client, task] = [await alice.client(), await alice.task("tck-complete-task")];
  for (const url of ["", "no address", "ftp://example.com/", "http://169.254.169.254/latest", "http://10.0.0.1/"]) {
    const config = TaskPushNotificationConfig.fromJSON({ taskId: task.id, url });
    await refused("INVALID_PARAMS", client.createTaskPushNotificationConfig(config));
  }
});

check("a_media_type_that_the_agent_does_not_take_is_refused", async () => {
  const parts = [{ raw: "iVBORw==", mediaType: "image/png" }];
  for (const caller of [chat, alice])
    await refused("CONTENT_TYPE_NOT_SUPPORTED", caller.sent(message("picture", { parts })));
});

// The client insists on its own version: these go over HTTP without it.
const rpc = (method, params) => ({ jsonrpc: "2.0", id: "of-mine", method, params });

async function asked(version) {
  const headers = { "A2A-Version": version };
  const answer = BINDING === "JSONRPC"
    ? await alice.raw("POST", "", { headers, body: JSON.stringify(rpc("GetTask", { id: NOBODYS })) })
    : await alice.raw("GET", `/tasks/${NOBODYS}`, { headers });
  const { error } = await answer.json();
  const info = (error.data ?? error.details).find((it) => it["@type"].endsWith("ErrorInfo"));
  return [info.reason, info.domain, answer.status];
}

check("a_version_that_nobody_speaks_is_refused", async () => {
  if (BINDING === "GRPC") return;
  const status = BINDING === "JSONRPC" ? 200 : 400;
  for (const version of ["9.9", "1", "latest"]) {
    same(await asked(version), ["VERSION_NOT_SUPPORTED", "a2a-protocol.org", status]);
  }
});

check("who_has_no_token_is_told_to_bring_one", async () => {
  for (const caller of [nobody, new Caller("none.of.yours")]) {
    const error = await caller.sent(message("tck-complete-task")).then(() => null, (error) => error);
    holds(/401|gRPC error for \w+: 16 /.test(`${error.statusCode} ${error.message}`), String(error));
  }
  if (BINDING === "GRPC") return;
  const answer = await nobody.raw("POST", BINDING === "JSONRPC" ? "" : "/message:send", { body: "{}" });
  same([answer.status, answer.headers.get("www-authenticate").split(" ")[0]], [401, "Bearer"]);
});

check("who_has_not_the_right_is_told_which", async () => {
  const error = await narrow.sent(message("tck-complete-task")).then(() => null, (error) => error);
  holds(/403|gRPC error for \w+: 7 /.test(`${error.statusCode} ${error.message}`), String(error));
});

check("a_key_that_was_used_for_another_request_is_refused", async () => {
  const key = { "Idempotency-Key": randomUUID() };
  await alice.task("tck-complete-task", {}, key);
  await refused("INVALID_PARAMS", alice.task("tck-artifact-text", {}, key));
});
