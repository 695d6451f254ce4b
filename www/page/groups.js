/** Where the classes that the networks are told come from, if they are not the data's own labels: by `classesFrom` of info. */

/** @type {Record<string, string>} */
export const GROUPS = {
  clusters: 'Groups of look-alikes that the computer made itself; no labels.',
  clusters_in_labels: 'Groups of look-alikes that the computer made within each label.',
};
