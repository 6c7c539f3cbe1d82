export declare function equal(c: unknown, d: unknown): boolean;
