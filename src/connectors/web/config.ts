import type { Model } from '../../model/model.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Outgoing } from '../../system/roles.ts'
import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { Query } from '../http/path.ts'

/** A site for people, read by a program. */
export interface WebOptions extends HttpOptions {
  /** `https://host`, without a path. Nothing is asked of another origin. */
  readonly url: Setting
  /**
   * Pause between two requests to the site, whoever makes them; a longer `Crawl-delay` of its robots.txt counts.
   * Default `1s`.
   */
  readonly pause?: string | undefined
  /** Whether robots.txt is heeded, as `isthmus`. Set it to false only where the owner of the site allows it. Default true. */
  readonly robots?: boolean | undefined
  /** How we log in, where the site wants that. Default: not at all. */
  readonly login?: LoginOptions | undefined
  /** The browser for pages that are `rendered`. Default: the first of chromium and google-chrome on this machine. */
  readonly browser?: BrowserOptions | undefined
}

/** A form by which a person logs in. What the site gives as cookies is kept for as long as we run. */
export interface LoginOptions extends Pick<FormOptions, 'form'> {
  /** The page with the form. */
  readonly path: string
  /** What is filled in, by names of the form's fields. */
  readonly values: Readonly<Record<string, Setting>>
  /** An element that only those see who are logged in. A page without it is asked for again after a new login. */
  readonly inside: string
}

export interface BrowserOptions {
  /** The executable of a browser of the Chromium family. */
  readonly executable: Setting
}

/** A form of a page. */
export interface FormOptions {
  /** Selector of the form. Default: `form`, of which there must be one then. */
  readonly form?: string | undefined
}

/** Where the text of a field stands. */
export interface FieldOptions {
  /** Selector, below the record. Default: the record itself. */
  readonly at?: string | undefined
  /** The attribute with the text. Default: the text of the element, with single spaces. */
  readonly attribute?: string | undefined
  /** A list of all that are found, and not one. Default false. */
  readonly all?: boolean | undefined
  /** Whether it may be absent. Default false. */
  readonly optional?: boolean | undefined
  /** Makes the value of the text (of each text, with `all`). A record with which it fails is set aside. Default: the text. */
  readonly read?: ((text: string) => unknown) | undefined
}

/** A selector alone, or more. */
export type Field = string | FieldOptions

/** One for each field of the model. */
export type Fields<T> = { readonly [K in keyof T]-?: Field }

/** What must hold of a page for its data to mean what they meant before. */
export interface LayoutOptions {
  /** Text of elements by selector, such as headings of columns: one that differs is a changed layout. Default: none. */
  readonly expect?: Readonly<Record<string, string | RegExp>> | undefined
  /**
   * The page is made by scripts: it is opened in a browser, and read when this selector is there. Default: the page is
   * read as it is sent.
   */
  readonly rendered?: string | undefined
}

/** How the records of pages are read, again and again. */
export interface ListOptions<T> extends LayoutOptions {
  /** The first page. */
  readonly path: string
  /** Of the first page. Default: none. */
  readonly query?: Query | undefined
  /** A form on that page that is filled in and sent to get the list, such as a search. Default: the page has the list. */
  readonly search?: (FormOptions & { readonly values: Readonly<Record<string, string>> }) | undefined
  /** Selector of the records. */
  readonly records: string
  /** Where their fields stand. */
  readonly fields: Fields<T>
  /** Selector of what a page shows that has no records. Without it, a page without records is a changed layout. */
  readonly empty?: string | undefined
  /** `next`: selector of the link to the next page. `parameter`: numbers pages, until one has no records. Default: one page. */
  readonly pages?:
    | { readonly next: string }
    | { readonly parameter: string; readonly from?: number | undefined }
    | undefined
  /** Most pages of one look; more are an error. Default 1000. */
  readonly most?: number | undefined
  /** What a record is known by at the site. Default: its whole content. */
  readonly key?: ((record: T) => string | number) | undefined
  /** From the end of a look to the begin of the next. Default `1h`. */
  readonly every?: string | undefined
}

/** How one page is read for a message. */
export interface PageOptions<I, O> extends LayoutOptions {
  /** What is asked with. */
  readonly request: Model<I>
  /** What is read: a record, or a list of them where there are `records`. */
  readonly response: Model<O>
  /** The page. */
  readonly path: string | ((data: I) => string)
  /** Of the page. Default: none. */
  readonly query?: ((data: I) => Query) | undefined
  /** Selector of the records, for a list. Default: the page is one record. */
  readonly records?: string | undefined
  /** Where the fields stand. */
  readonly fields: Fields<O extends readonly (infer R)[] ? R : O>
  /** Selector of what a page shows that has nothing: the answer is an empty list, or the message is refused. */
  readonly empty?: string | undefined
}

/** How a form is filled in and sent for each message. */
export interface SubmitOptions<T, K extends EffectKind = EffectKind> extends FormOptions {
  /** The page with the form. */
  readonly path: string | ((data: T) => string)
  /** What is filled in, by names of the form's fields; others keep what the page has put there. */
  readonly values: (item: Outgoing<T>) => Readonly<Record<string, string>>
  /** Selector of what the site shows when it has done it. Whatever shows neither this nor `failed` tells nothing. */
  readonly done: string
  /** Selector of what it shows when it has not, and will not: its text is the reason. */
  readonly failed?: string | undefined
  /** What sending it again does: mostly `irreversible`. */
  readonly effect: Effect<K, false>
}

export const defaultPause = '1s'
export const defaultEvery = '1h'
export const defaultMost = 1000
