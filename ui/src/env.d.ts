/// <reference types="svelte" />
/// <reference types="vite/client" />

/** True in the builds that carry the fake till (development, tests, screenshots). */
declare const __FAKES__: boolean;
