/** Whether what gRPC says of a call means that something else listens there: a server of HTTP/1, such as a node's own. */
export function speaksNoGrpc(details: string): boolean {
  return details.includes("Last error: Protocol error");
}
