/** The door to the cases for tests of other rooms. */
export * from './index.ts';
