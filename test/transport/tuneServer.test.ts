import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { afterEach, expect, it } from "vitest";
import { receiveWindowBytes } from "../../src/transport/tuneServer.ts";
import { until } from "../support/until.ts";
import { connectedPair } from "./support.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function dial(address: string): ClientHttp2Session {
  const session = connect(`http://${address}`);
  open.push(session);
  return session;
}

it("lets a peer send megabytes without waiting for an answer, on the connection and on a stream", async () => {
  const pair = await connectedPair({}, {});
  open.push(pair);
  const session = dial(pair.b.address);
  await once(session, "connect");
  await until(
    "the window of a stream",
    () => session.remoteSettings.initialWindowSize === receiveWindowBytes,
  );
  const connection = await until("that of the connection", () => {
    const { remoteWindowSize } = session.state;
    return remoteWindowSize !== undefined && remoteWindowSize > 65_535 ? remoteWindowSize : null;
  });
  expect(connection).toBe(receiveWindowBytes);
});
