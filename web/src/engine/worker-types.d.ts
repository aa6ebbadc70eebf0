/** Of TypeScript's worker library, which cannot be loaded beside the DOM's: the one interface that only workers have. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
}
