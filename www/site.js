/** Addresses of the site's files. Here and nowhere else, so that the modules may be published in one piece. */

/** @param {string} file  relative to the site's folder, where this module lies @returns {URL} */
export const siteUrl = (file) => new URL(file, import.meta.url);
