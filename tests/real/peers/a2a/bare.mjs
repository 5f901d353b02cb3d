// An agent whose card offers none of the capabilities, by a client that asks all the same.

import { TaskPushNotificationConfig } from "@a2a-js/sdk";
import { HOOK, alice, message, state } from "./client.mjs";
import { check, refused, same } from "./checks.mjs";

const ALL = { streaming: true, pushNotifications: true, extendedAgentCard: true };

check("the_card_offers_nothing", async () => {
  const { capabilities } = await alice.card();
  same(Object.keys(ALL).map((name) => capabilities[name] ?? false), [false, false, false]);
});

check("a_client_that_goes_by_the_card_gets_its_answers_whole", async () => {
  const events = await alice.events(message("tck-stream-001"));
  same(events.map(({ payload }) => [payload.$case, state(payload.value)]), [["task", "COMPLETED"]]);
});

check("nothing_is_streamed", async () => {
  await refused("UNSUPPORTED_OPERATION", alice.events(message("tck-stream-001"), ALL));
  const task = await alice.task("tck-input-required");
  await refused("UNSUPPORTED_OPERATION", alice.watched(task.id, {}, ALL));
});

check("no_webhook_is_taken", async () => {
  const [client, { id: taskId }] = [await alice.client(ALL), await alice.task("tck-complete-task")];
  const key = { tenant: "", taskId, id: "some" };
  for (const doing of [
    () => client.createTaskPushNotificationConfig(TaskPushNotificationConfig.fromJSON({ taskId, url: HOOK })),
    () => client.getTaskPushNotificationConfig(key),
    () => client.listTaskPushNotificationConfig({ tenant: "", taskId, pageSize: 0, pageToken: "" }),
    () => client.deleteTaskPushNotificationConfig(key),
    () => alice.sent(message("tck-complete-task", { taskPushNotificationConfig: { url: HOOK } })),
  ]) await refused("PUSH_NOTIFICATION_NOT_SUPPORTED", doing());
});

check("there_is_no_other_card", async () => {
  await refused("UNSUPPORTED_OPERATION", (await alice.client(ALL)).getAgentCard());
});

check("all_else_is_as_ever", async () => {
  const asked = await alice.task("tck-input-required");
  same(state(await alice.task("tck-complete-task", { task: asked })), "COMPLETED");
});
