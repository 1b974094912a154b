import { CLOUDFLARE_PRESETS } from '../functions/adapters/axiom/fields.ts';
import type { Settings } from './settings.ts';

/** Variables that functions are told where outside systems are by, each group for those that need it. */
export class FunctionVariables {
  readonly #settings: Settings;
  readonly #stackName: string;

  constructor(settings: Settings, stackName: string) {
    this.#settings = settings;
    this.#stackName = stackName;
  }

  get cloudflareUrl() {
    return { CLOUDFLARE_API_URL: this.#settings['cloudflare.apiUrl'] };
  }

  get gitlabUrl() {
    return { GITLAB_URL: this.#settings['gitlab.url'] };
  }

  /** Both at all times, the second empty where there is none: whoever runs a function elsewhere sets what it declares. */
  get axiomUrls() {
    return { AXIOM_URL: this.#settings['axiom.url'], AXIOM_EDGE_URL: this.#settings['axiom.edgeUrl'] };
  }

  /** For a query that people paste. Resolved here: a bundle that asks Axiom nothing needs no presets. */
  get axiomColumn() {
    const preset = CLOUDFLARE_PRESETS[this.#settings['axiom.cloudflarePreset']];
    return {
      AXIOM_CLOUDFLARE_DATASET: this.#settings['axiom.cloudflareDataset'],
      AXIOM_ADDRESS_FIELD: this.#settings['axiom.cloudflareFields'].address || (preset.address ?? ''),
    };
  }

  /** What this deployment is called wherever people read of it. */
  get environment() {
    return { LATCHKEY_ENVIRONMENT: this.#stackName };
  }

  /** Where events go, and what this deployment is called on them. */
  get pager() {
    return { PAGERDUTY_EVENTS_URL: this.#settings['pagerduty.eventsUrl'], ...this.environment };
  }
}
