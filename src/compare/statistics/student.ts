/**
 * How often Student's t is at least so great. Finite sums, exact for whole degrees of freedom; simple-statistics has none.
 * @param t 0 or more; @param freedom whole, 1 or more
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
 */
export const studentUpperTail = (t: number, freedom: number): number => {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let index = isOdd ? 3 : 2; index <= freedom - 2; index += 2) {
    term *= (cosine ** 2 * (index - 1)) / index;
    sum += term;
  }
  const within = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return Math.max(0, (1 - within) / 2);
};
