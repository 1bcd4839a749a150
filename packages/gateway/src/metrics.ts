/** Counters in the text form of Prometheus. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */

export type Labels = Readonly<Record<string, string | number>>;

export class Counter {
  readonly name: string;
  readonly help: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(labels: Labels, amount = 1): void {
    const key = labelText(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  get text(): string {
    return family(this.name, 'counter', this.help, [...this.#values]);
  }
}

export function gauge(name: string, help: string, values: readonly (readonly [Labels, number])[]): string {
  return family(
    name,
    'gauge',
    help,
    values.map(([labels, value]) => [labelText(labels), value] as const),
  );
}

/** What the gateway counts. The label `channel` is a configured name, never what a client asked for. */
export class Metrics {
  readonly requests = new Counter('antivenom_requests_total', 'Requests by channel and status.');
  readonly refusals = new Counter('antivenom_refusals_total', 'Refused requests by channel and reason.');
  readonly upstreamBytes = new Counter('antivenom_upstream_bytes_total', 'Bytes read from the servers of channels.');

  get text(): string {
    return `${this.requests.text}${this.refusals.text}${this.upstreamBytes.text}`;
  }
}

function family(name: string, type: string, help: string, values: readonly (readonly [string, number])[]): string {
  const lines = values.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
