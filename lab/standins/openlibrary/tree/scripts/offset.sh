#!/bin/sh
# Where the solr updater is.
cat "${SOLR_UPDATER_OFFSET:-/opt/openlibrary/shared/solr-updater.offset}"
