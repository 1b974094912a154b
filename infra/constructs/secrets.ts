import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * The secrets of the outside systems, by fixed name. They are made outside the stack: a stack that owns a secret's
 * value shows it to everyone who may read templates, and deletes it with itself (design §5).
 */
export class Secrets extends Construct {
  /** Where alerts go: whoever knows the URL may post there. Needed only where alerts are sent. */
  readonly alertWebhook: ISecret = this.#named('AlertWebhook', 'latchkey/alert-webhook');
  /** The token the Cloudflare API is asked with. */
  readonly cloudflare: ISecret = this.#named('Cloudflare', 'latchkey/cloudflare');
  /** What Cloudflare sends in `cf-webhook-auth`; two values while it rotates. */
  readonly cloudflareWebhook: ISecret = this.#named('CloudflareWebhook', 'latchkey/cloudflare-webhook');
  /** The token Axiom is asked with; needed only where a dataset is configured. */
  readonly axiom: ISecret = this.#named('Axiom', 'latchkey/axiom');
  /** The token GitLab is asked with. */
  readonly gitlab: ISecret = this.#named('Gitlab', 'latchkey/gitlab');
  /** What GitLab sends with streamed audit events; needed only where they are streamed to us. */
  readonly gitlabStreaming: ISecret = this.#named('GitlabStreaming', 'latchkey/gitlab-streaming');
  /** The routing key of on-call, and where wanted that of the pipeline's owner. */
  readonly pagerduty: ISecret = this.#named('Pagerduty', 'latchkey/pagerduty');

  #named(id: string, name: string): ISecret {
    return Secret.fromSecretNameV2(this, id, name);
  }
}
