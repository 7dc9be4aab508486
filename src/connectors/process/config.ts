import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'

/** A program, and how it is run. */
export interface ProgramOptions {
  /** The program and its arguments. No shell is between. */
  readonly command: readonly [Setting, ...Setting[]]
  /** The folder in which it runs. Default: the one in which we run. */
  readonly folder?: Setting | undefined
  /**
   * Variables of its environment. Default: none but PATH, HOME, TMPDIR, TZ, LANG and LC_ALL as we have them, so that our
   * secrets do not reach it.
   */
  readonly environment?: Readonly<Record<string, Setting>> | undefined
  /** How many of it run beside one another, each with one batch at a time. Default 1. */
  readonly workers?: number | undefined
  /** From its start until it says that it is ready. Default `30s`. */
  readonly startTimeout?: string | undefined
  /** From a batch to its answers; a program that takes longer is killed. Default `30s`. */
  readonly batchTimeout?: string | undefined
  /** Most bytes of memory that it may have with all that it starts (resident); beyond, it is killed. Linux only. Default: not looked at. */
  readonly memory?: number | undefined
  /** Longest line in bytes that it may write. Default 16 MiB. */
  readonly lineLimit?: number | undefined
}

/** What a sink channel says about its calls. */
export interface SendOptions<K extends EffectKind = EffectKind> {
  /** What the program is told it shall do. Default: the name of the channel. */
  readonly operation?: string | undefined
  /** Most messages in one batch. Default 100. */
  readonly batch?: number | undefined
  /** What a repeat does. A program that computes and changes nothing is `read`. */
  readonly effect: Effect<K, false>
}

export interface OperationOptions<I = unknown, O = unknown, K extends EffectKind = EffectKind>
  extends SendOptions<K> {
  /** What the program is asked with. */
  readonly request: Model<I>
  /** What it answers. */
  readonly response: Model<O>
}

export const defaultWorkers = 1
export const defaultStartTimeout = '30s'
export const defaultBatchTimeout = '30s'
export const defaultLineLimit = 16 * 1024 * 1024
export const defaultBatch = 100
