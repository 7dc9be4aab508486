import { texts } from '../i18n/text.ts'

/** What codes of the control API mean to a reader. The server's own sentence is in the details. */
export const errorTexts = texts({
  en: {
    codes: {
      NETWORK: 'The instance does not answer',
      'CONTROL-REFUSED': 'This was refused',
      'STORE-UNAVAILABLE': 'The store cannot be reached now',
    },
  },
  zh: {
    codes: {
      NETWORK: '实例没有响应',
      'CONTROL-REFUSED': '请求被拒绝',
      'STORE-UNAVAILABLE': '存储暂时不可用',
    },
  },
})
