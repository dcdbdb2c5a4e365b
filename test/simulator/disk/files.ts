import { currentHost, type Host } from "../time/host.ts";
import type { Disk } from "./disk.ts";

const disks = new WeakMap<Host, Disk>();
/** What a database shows of itself to whoever lists its folder. */
const insideStore = "000001.log";
const manifestOf = "/CURRENT";

/** From now on `host`'s file system is this disk. */
export function mount(host: Host, disk: Disk): void {
  disks.set(host, disk);
}

function here(): { readonly host: Host; readonly disk: Disk } {
  const host = currentHost();
  const disk = host === null ? undefined : disks.get(host);
  if (host === null || disk === undefined) throw new Error("this process has no disk");
  return { host, disk };
}

function synced(change: (disk: Disk) => void): Promise<void> {
  const { host, disk } = here();
  return new Promise((resolve, reject) => {
    disk.sync(
      host,
      () => change(disk),
      (error) => {
        if (error === null) resolve();
        else reject(Object.assign(error, { syscall: "fsync" }));
      },
    );
  });
}

/** Bytes are kept as text in which each is a character. */
async function written(path: string, content: string | Uint8Array): Promise<void> {
  const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
  here().disk.files.append(path, text);
}

function bytesOf(path: string): Buffer {
  const text = here().disk.files.read(path);
  if (text === null) throw missing(path);
  return Buffer.from(text, "latin1");
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), {
    code: "ENOENT",
    syscall: "open",
  });
}

function sync({ files }: Disk, path: string): void {
  const [, folder = "", name = ""] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
  const store = files.store(folder);
  if (store !== null && name === insideStore) store.syncAll();
  else if (files.read(path) === null) files.syncFolder(path);
  else files.syncFile(path);
}

/** As much of `node:fs/promises` as the storage uses, upon the disk of the process that calls. */
export const virtualFiles = {
  mkdir: async (path: string): Promise<void> => here().disk.files.makeFolder(path),
  readdir: async (path: string): Promise<string[]> => {
    const { files } = here().disk;
    return files.store(path) === null ? files.list(path) : [insideStore];
  },
  readFile: async (path: string): Promise<string> => {
    const { files } = here().disk;
    const text = files.read(path);
    if (text !== null) return text;
    const store = path.endsWith(manifestOf) ? files.store(path.slice(0, -manifestOf.length)) : null;
    if (store === null) throw missing(path);
    return `MANIFEST-${store.opens}\n`;
  },
  access: async (path: string): Promise<void> => {
    if (!here().disk.files.has(path)) throw missing(path);
  },
  rename: async (from: string, to: string): Promise<void> => {
    if (!here().disk.files.rename(from, to)) throw missing(from);
  },
  rm: async (path: string, options: { readonly force?: boolean } = {}): Promise<void> => {
    if (!here().disk.files.remove(path) && options.force !== true) throw missing(path);
  },
  rmdir: async (path: string): Promise<void> => {
    const { files } = here().disk;
    if (files.list(path).length > 0 || !files.remove(path)) throw missing(path);
  },
  open: async (path: string, flags: string) => {
    const { files } = here().disk;
    if (flags !== "r") files.create(path);
    return {
      // From where the last write ended.
      writeFile: (content: string | Uint8Array): Promise<void> => written(path, content),
      stat: async () => ({ size: bytesOf(path).length, isFile: () => true }),
      read: async (into: Uint8Array, offset: number, length: number, position: number) => {
        const bytes = bytesOf(path).subarray(position, position + length);
        into.set(bytes, offset);
        return { bytesRead: bytes.length };
      },
      sync: (): Promise<void> => synced((disk) => sync(disk, path)),
      close: (): Promise<void> => Promise.resolve(),
    };
  },
} as const;
