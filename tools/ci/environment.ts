/**
 * A variable that GitHub Actions sets for every step.
 * @throws Error where it is not there, or empty
 */
export const needed = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name}: expected as GitHub Actions sets it, found nothing`);
  return value;
};
