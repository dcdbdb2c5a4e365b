const strictText = new TextDecoder("utf-8", { fatal: true });

/** Payloads and results in JSON output: `text` when the bytes are UTF-8, else `base64`. */
type PrintableBytes = { readonly text: string } | { readonly base64: string };

export function printableBytes(bytes: Uint8Array): PrintableBytes {
  try {
    return { text: strictText.decode(bytes) };
  } catch {
    // Not UTF-8: that is all the decoder throws for.
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}
