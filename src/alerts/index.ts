/** L3: what happens with hits once they are stored. */
export * from './notify/index.ts';
