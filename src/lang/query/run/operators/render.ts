import type { StageOf } from './stage.ts';

/** Changes no row: it says how they are to be drawn. */
export const render: StageOf<'render'> = ({ chart, properties }, input) => ({
  ...input,
  render: { chart, properties },
});
