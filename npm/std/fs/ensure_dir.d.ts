export declare function ensureDir(dir: string | URL): Promise<void>;
