import { type Aggregate, one } from './aggregate.ts';

export const count: Aggregate = () => {
  let rows = 0n;
  return {
    add: () => {
      rows++;
    },
    finish: () => one(rows),
  };
};

export const countif: Aggregate = ([holds]) => {
  let rows = 0n;
  return {
    add: (row) => {
      if (holds(row).includes(true)) rows++;
    },
    finish: () => one(rows),
  };
};
