/** L3: how events come in. `admission`: what is taken, refused or left out before anything is parsed. */
export * from './admission/index.ts';
export * from './frames/index.ts';
export * from './mask/index.ts';
