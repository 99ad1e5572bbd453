/** L5: the server. `config/` is what it is told. */
export * from './config/index.ts';
export { maskKeyFile, readKey } from './masks.ts';
export { retentionSettings } from './retention-policies.ts';
export { tierSettings } from './tier-settings.ts';
export { type Server, startServer, type UpOptions } from './up.ts';
