import type { Clock } from './clock';
import { Injectable } from "framework";
export { helper } from './helper';

/** Where a request ended. */
export enum Outcome { Done, Failed = 4 }

export type Handler<T> = (request: Request<T>) => Promise<Outcome>;

// What every service can do.
export interface Service<T> extends Named, Closable {
  readonly name: string;
  limit?: number;
  handle(request: Request<T>): Promise<Outcome>;
}

/** Answers requests one at a time. */
@Injectable({ scope: 'app' })
export abstract class QueueService<T extends object> extends Base<T> implements Service<T> {
  private readonly queue: Array<Request<T>> = [];
  static instance?: QueueService<object>;

  constructor(private clock: Clock, public readonly name: string) {
    super(name);
  }

  /** Takes one request. */
  @logged()
  async handle(request: Request<T>): Promise<Outcome> {
    this.queue.push(request);
    const next = await this.take<T>(this.clock.now());
    return next ? Outcome.Done : Outcome.Failed;
  }

  protected abstract take<U>(at: number): Promise<U | undefined>;
  get length(): number { return this.queue.length; }
  private notify = (outcome: Outcome): void => { this.emit('done', outcome); };
}

namespace Timing.Defaults {
  export const seconds = 30;
  export function scaled(by: number): number { return seconds * by; }
}

declare function legacy(name: string): void;
declare module "untyped" { export const anything: unknown; }

function assertIs(value: unknown): asserts value is string {}
let current: Service<string> | undefined;
