// What the checks with @a2a-js/sdk share: callers over one binding, messages, and what is read of answers.
// AGENT is the agent's address, BINDING the one to use, in VERSION (1.0); TOKEN is a person's, OTHER_TOKEN another's,
// and NARROW_TOKEN one without the right to send tasks.

import { SendMessageRequest, taskStateToJSON } from "@a2a-js/sdk";
import {
  ClientFactory, ClientFactoryOptions, DefaultAgentCardResolver, JsonRpcTransportFactory, RestTransportFactory,
} from "@a2a-js/sdk/client";
import { GrpcTransportFactory } from "@a2a-js/sdk/client/grpc";
import { randomUUID } from "node:crypto";
import { holds, same } from "./checks.mjs";

export const { AGENT, BINDING, VERSION = "1.0" } = process.env;
export const HOOK = "https://example.com/hook";
const ENDED = ["COMPLETED", "FAILED", "CANCELED", "REJECTED"];
const TRANSPORTS = {
  "JSONRPC": JsonRpcTransportFactory, "HTTP+JSON": RestTransportFactory, "GRPC": GrpcTransportFactory,
};

// Someone with a token, or without, at an agent.
export class Caller {
  constructor(token, agent = AGENT) {
    Object.assign(this, { token, agent });
  }

  // As anyone may read it: without a token. To this resolver an address without the slash is that of a file.
  card() {
    return new DefaultAgentCardResolver().resolve(`${this.agent}/`);
  }

  // The official client, made of the card; `believes` is changed in the card that it goes by. Of several versions it
  // takes the newest, so a caller of an older one sees no other.
  async client(believes = {}) {
    const card = await this.card();
    card.supportedInterfaces = card.supportedInterfaces.filter((it) => it.protocolVersion.startsWith(VERSION));
    Object.assign(card.capabilities, believes);
    const before = async (args) => {
      const known = this.token ? { Authorization: `Bearer ${this.token}` } : {};
      args.options = { ...args.options, serviceParameters: { ...known, ...args.options?.serviceParameters } };
    };
    const clientConfig = { interceptors: [{ before, after: async () => {} }] };
    const options = { transports: [new TRANSPORTS[BINDING]({ legacyCompat: { enabled: true } })], clientConfig };
    return new ClientFactory(ClientFactoryOptions.createFrom({ transports: [] }, options)).createFromAgentCard(card);
  }

  // The one answer of a message that is sent without a stream.
  async sent(request, serviceParameters = {}) {
    return (await this.client()).sendMessage(request, { serviceParameters });
  }

  // All that comes of a message.
  async events(request, believes) {
    return all((await this.client(believes)).sendMessageStream(request));
  }

  // The task that such a message became, or went on with.
  async task(kind, more = {}, headers = {}) {
    const task = await this.sent(message(kind, more), headers);
    holds(task.status, task);
    return task;
  }

  async shown(task, more = {}) {
    return (await this.client()).getTask({ tenant: "", id: task.id, ...more });
  }

  // All that a watcher of a task is told.
  async watched(id, serviceParameters = {}, believes = {}) {
    return all((await this.client(believes)).resubscribeTask({ tenant: "", id }, { serviceParameters }));
  }

  // A request that the client could not make, with the headers that it would have sent.
  raw(method, path = "", { headers = {}, ...more } = {}) {
    const known = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    const all = { ...known, "A2A-Version": "1.0", "Content-Type": "application/json", ...headers };
    return fetch(this.agent + path, { method, headers: all, ...more });
  }
}

// Every event of a stream.
export async function all(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

export const alice = new Caller(process.env.TOKEN);
export const bob = new Caller(process.env.OTHER_TOKEN);
export const narrow = new Caller(process.env.NARROW_TOKEN);
export const nobody = new Caller(null);

export const text = (value) => ({ text: value });

// A message of whose id the agent reads what to do.
export function message(kind, { task, context, parts, ...configuration } = {}) {
  return SendMessageRequest.fromJSON({
    message: {
      messageId: `${kind}-${randomUUID()}`, role: "ROLE_USER", parts: parts ?? [text("please")],
      taskId: task?.id, contextId: context,
    },
    configuration,
  });
}

// COMPLETED, of a task or of an event that tells a state.
export const state = (thing) => taskStateToJSON(thing.status.state).replace("TASK_STATE_", "");

export const content = (parts) => parts.map((part) => part.content.value).join("\n");
export const says = (thing) => content((thing.parts ? thing : thing.status.message ?? { parts: [] }).parts);

// How a stream's task ended and what it made, by artifact; on the way, that the order holds.
export function outcome(events) {
  const [first, ...rest] = events.map((event) => event.payload);
  same(first.$case, "task");
  const task = first.value;
  const states = [state(task)];
  const made = new Map(task.artifacts.map((artifact) => [artifact.artifactId, artifact.parts]));
  for (const { $case, value } of rest) {
    holds(!ENDED.includes(states.at(-1)), { after: states.at(-1), value });
    same([value.taskId, value.contextId], [task.id, task.contextId]);
    if ($case === "artifactUpdate") {
      const { artifactId, parts } = value.artifact;
      made.set(artifactId, [...(value.append ? made.get(artifactId) ?? [] : []), ...parts]);
    } else {
      same($case, "statusUpdate");
      states.push(state(value));
    }
  }
  return { ended: states.at(-1), made: [...made.values()], task };
}
