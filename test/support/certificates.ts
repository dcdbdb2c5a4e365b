import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** IP address (v4) that it is for; default 127.0.0.1. */
  readonly ip?: string;
  readonly notAfter?: Date;
}

const hour = 3_600_000;
const ecdsaWithSha256 = "2a8648ce3d040302";

/** An authority of its own, made for a test: nobody else trusts it. */
export class Authority {
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  readonly cert: string;

  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    const constraints = sequence(
      oid("551d13"),
      tlv(1, Buffer.of(0xff)),
      octets(sequence(tlv(1, Buffer.of(0xff)))),
    );
    this.cert = this.#certify(name, this.#keys.publicKey, new Date(Date.now() + 24 * hour), constraints);
  }

  /** For a server. */
  issue({ ip = "127.0.0.1", notAfter = new Date(Date.now() + hour) }: CertificateOptions = {}): Certified {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const address = tlv(0x87, Buffer.from(ip.split(".").map(Number)));
    const names = sequence(oid("551d11"), octets(sequence(address)));
    return { cert: this.#certify("server", publicKey, notAfter, names), key: pemOf(privateKey) };
  }

  #certify(subject: string, key: KeyObject, notAfter: Date, extension: Buffer): string {
    const algorithm = sequence(oid(ecdsaWithSha256));
    const validity = sequence(time(new Date(notAfter.getTime() - 48 * hour)), time(notAfter));
    const serial = Buffer.concat([Buffer.of(1), randomBytes(8)]);
    const body = sequence(
      tlv(0xa0, tlv(2, Buffer.of(2))),
      tlv(2, serial),
      algorithm,
      nameOf(this.#name),
      validity,
      nameOf(subject),
      key.export({ type: "spki", format: "der" }),
      tlv(0xa3, sequence(extension)),
    );
    const signature = sign("sha256", body, createPrivateKey(pemOf(this.#keys.privateKey)));
    const der = sequence(body, algorithm, tlv(3, Buffer.concat([Buffer.of(0), signature])));
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** DER (X.690): a tag, a length, a value. */
function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return tlv(6, Buffer.from(hex, "hex"));
}

function octets(value: Buffer): Buffer {
  return tlv(4, value);
}

function nameOf(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid("550403"), tlv(12, Buffer.from(commonName)))));
}

/** GeneralizedTime, to the second. */
function time(at: Date): Buffer {
  return tlv(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`));
}
