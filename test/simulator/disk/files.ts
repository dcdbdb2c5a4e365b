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
  open: async (path: string, flags: string) => {
    const { files } = here().disk;
    if (flags !== "r") files.create(path);
    return {
      writeFile: async (text: string): Promise<void> => here().disk.files.fill(path, text),
      sync: (): Promise<void> => synced((disk) => sync(disk, path)),
      close: (): Promise<void> => Promise.resolve(),
    };
  },
} as const;
