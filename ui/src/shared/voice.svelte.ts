//! The system's own voice. Only voices of this computer: others send what they say to somebody else's.

import type { Language } from './language';

/** What a voice is chosen by. */
type Named = Pick<SpeechSynthesisVoice, 'lang' | 'localService' | 'default'>;

/** One that speaks the language: the system's choice if it does, else any; null where there is none. */
export function voiceFor<V extends Named>(voices: readonly V[], language: Language): V | null {
  const fit = voices.filter(({ lang, localService }) => localService && lang.toLowerCase().split(/[-_]/)[0] === language);
  return fit.find((voice) => voice.default) ?? fit[0] ?? null;
}

export class Voice {
  #voices: readonly SpeechSynthesisVoice[] = $state.raw([]);

  constructor() {
    if (typeof speechSynthesis === 'undefined') return;
    const look = () => (this.#voices = speechSynthesis.getVoices());
    look();
    // Most systems look their voices up after the page has opened.
    speechSynthesis.addEventListener?.('voiceschanged', look);
  }

  speaks(language: Language): boolean {
    return voiceFor(this.#voices, language) !== null;
  }

  /** In place of what is being said: only the last result counts. */
  say(text: string, language: Language): void {
    const voice = voiceFor(this.#voices, language);
    if (voice === null || text === '') return;
    const spoken = new SpeechSynthesisUtterance(text);
    spoken.voice = voice;
    spoken.lang = voice.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(spoken);
  }
}
