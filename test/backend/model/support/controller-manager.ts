import {
  type ControllerManager,
  createNodeHealth,
} from '../../../../src/backend/model/controllers/controller-manager.ts';
import { createRateLimitedClient } from '../../../../src/backend/model/controllers/rate-limited-client.ts';
import { createProcess } from '../../../../src/backend/model/engine/process.ts';
import type { Simulation } from '../../../../src/backend/model/engine/simulation.ts';

/** The controller manager of a simulation: it leads, and reaches the API server at once. */
export const createManager = (simulation: Simulation): ControllerManager => {
  const process = createProcess();
  const api = { process, member: 0, link: null, lastFrameUs: 0 };
  const client = createRateLimitedClient(simulation.clock, simulation.api, api, () => true, simulation.settings);
  return {
    member: 0,
    process,
    api,
    alive: true,
    isAlive: () => true,
    health: createNodeHealth(simulation.nodes),
    client,
    evictionClient: client,
  };
};
