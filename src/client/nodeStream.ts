import { type ClientDuplexStream, type StatusObject, status } from "@grpc/grpc-js";
import { ConclaveError } from "../base/errors.ts";
import type { Node } from "./nodes.ts";
import { fromGrpc } from "./wireErrors.ts";

interface StreamListener<Incoming> {
  onMessage(message: Incoming): void;
  /** Once, as the last call; not after `cancel`. */
  onEnd(error: ConclaveError): void;
}

/** One bidirectional stream to one node: ends exactly once, always with a reason. */
export class NodeStream<Outgoing, Incoming> {
  readonly node: Node;
  readonly #stream: ClientDuplexStream<Outgoing, Incoming>;
  #over = false;

  constructor(
    node: Node,
    stream: ClientDuplexStream<Outgoing, Incoming>,
    listener: StreamListener<Incoming>,
  ) {
    this.node = node;
    this.#stream = stream;
    stream.on("data", (message: Incoming) => {
      if (!this.#over) listener.onMessage(message);
    });
    // `status` follows in every case and says more; without a listener an error would end the process.
    stream.on("error", () => undefined);
    stream.on("status", (end: StatusObject) => {
      if (this.#over) return;
      this.#over = true;
      listener.onEnd(endOf(node.address, end));
    });
  }

  send(message: Outgoing): void {
    if (!this.#over) this.#stream.write(message);
  }

  /** No more from us; what the server still has to say is not awaited. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream.end();
    this.#stream.cancel();
  }
}

function endOf(address: string, end: StatusObject): ConclaveError {
  if (end.code !== status.OK) return fromGrpc(end, address);
  return new ConclaveError("UNAVAILABLE", `${address}: the server ended the stream`);
}
