/** The engine's IndexedDB: what must outlive a page. No secret key that can be exported is ever written here. */
const NAME = "breakwater";
const VERSION = 2;
export type StoreName = "device" | "seen" | "uploads" | "drafts";
const STORES: readonly StoreName[] = ["device", "seen", "uploads", "drafts"];

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.addEventListener("upgradeneeded", () => {
      for (const store of STORES) {
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store);
      }
    });
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB could not be opened.")));
  });
  return opened;
}

/** Resolves when the transaction is durable, with the request's result. */
async function run<T>(
  store: StoreName,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode, { durability: mode === "readwrite" ? "strict" : "default" });
    const request = act(transaction.objectStore(store));
    transaction.addEventListener("complete", () => resolve(request.result));
    transaction.addEventListener("abort", () =>
      reject(transaction.error ?? new Error("The browser's storage refused the change.")),
    );
  });
}

/** What was stored is ours alone (same origin), so its shape is the one that was put. */
export function read<T>(store: StoreName, key: string): Promise<T | undefined> {
  return run<T | undefined>(store, "readonly", (one) => one.get(key) as IDBRequest<T | undefined>);
}

export function readAll<T>(store: StoreName): Promise<T[]> {
  return run<T[]>(store, "readonly", (one) => one.getAll() as IDBRequest<T[]>);
}

export async function write(store: StoreName, key: string, value: unknown): Promise<void> {
  await run(store, "readwrite", (one) => one.put(value, key));
}

export async function remove(store: StoreName, key: string): Promise<void> {
  await run(store, "readwrite", (one) => one.delete(key));
}
