import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { protocol } from "../../src/client/protocol.ts";

/**
 * Stands in a node's place, tells what that told of itself, and answers every other call with UNIMPLEMENTED, without a word
 * of ours: as a node of a release without the call would, or a proxy that lets little through.
 */
export class StandIn implements Disposable {
  readonly #address: string;
  readonly #status: object;
  readonly #server = new Server();
  /** How often it told its status: a client asks anew after each stream that ended. */
  asked = 0;

  private constructor(address: string, status: object) {
    this.#address = address;
    this.#status = status;
  }

  /** Asks the node, which may be stopped afterwards. */
  static async of(address: string): Promise<StandIn> {
    const client = new protocol.Cluster(address, credentials.createInsecure());
    const status = await new Promise<object>((resolve, reject) =>
      client.Status({}, (error, reply) => {
        if (error === null && reply !== undefined) resolve(reply);
        else reject(error ?? new Error(`${address} told no status`));
      }),
    );
    client.close();
    return new StandIn(address, status);
  }

  async listen(): Promise<void> {
    this.#server.addService(protocol.Cluster.service, {
      Status: (_call: unknown, done: (error: null, reply: object) => void) => {
        this.asked++;
        done(null, this.#status);
      },
    });
    await new Promise<void>((resolve, reject) =>
      this.#server.bindAsync(this.#address, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
  }

  [Symbol.dispose](): void {
    this.#server.forceShutdown();
  }
}
