import type { PassOrder } from '../../../../src/backend/model/controllers/passes/pass-order.ts';

const byName = (indices: Int32Array): void => {
  indices.sort();
};

/** Every pass takes the nodes by name, as the controllers do that a model is held against. */
export const passOrderByName =
  (began: () => void = () => undefined) =>
  (size: number): PassOrder => {
    const all = Int32Array.from({ length: size }, (_, index) => index);
    return {
      next: began,
      sort: byName,
      all: () => all.slice(),
      any: () => all.slice(),
      after: (index) => all.slice(index + 1),
    };
  };
