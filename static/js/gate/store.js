// What the device keeps (IndexedDB): its token and lists, the encrypted packs, who was seen by pack id, and the scans
// that wait to be handed in. No name and no code of a badge is ever stored.
const NAME = "expo-gate";
const STORES = { kept: undefined, packs: "version", queue: "client_id", seen: "key" };

function promised(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

export class Store {
  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.addEventListener("upgradeneeded", () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    });
    return new Store(await promised(request));
  }

  constructor(database) {
    this.database = database;
    // Another page that deletes the database must not wait for this one.
    database.addEventListener("versionchange", () => database.close());
  }

  // Resolves when everything is safely stored, not earlier.
  write(names, change) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(names, "readwrite");
      transaction.addEventListener("complete", resolve);
      transaction.addEventListener("abort", () => reject(transaction.error));
      change(...[names].flat().map((name) => transaction.objectStore(name)));
    });
  }

  read(name) {
    return this.database.transaction(name).objectStore(name);
  }

  get(key) {
    return promised(this.read("kept").get(key));
  }

  keep(key, value) {
    return this.write("kept", (kept) => kept.put(value, key));
  }

  all(name) {
    return promised(this.read(name).getAll());
  }

  count(name) {
    return promised(this.read(name).count());
  }

  put(name, ...rows) {
    return this.write(name, (store) => rows.forEach((row) => store.put(row)));
  }

  remove(name, ...keys) {
    return this.write(name, (store) => keys.forEach((key) => store.delete(key)));
  }

  replace(name, rows) {
    return this.write(name, (store) => { store.clear(); rows.forEach((row) => store.put(row)); });
  }

  // A device that is no longer trusted forgets all but the scans that nobody else knows of; they hold pack ids only.
  async wipe() {
    await this.write(["kept", "packs", "seen"], (...stores) => stores.forEach((store) => store.clear()));
  }
}
