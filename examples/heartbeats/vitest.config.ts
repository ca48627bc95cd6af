import { defineConfig } from 'vitest/config';

// A run on a real cluster takes as long as its phases; a prediction takes a second.
export default defineConfig({ test: { testTimeout: 900_000, hookTimeout: 300_000 } });
