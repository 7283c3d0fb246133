"""What any web product needs: unit of work, database, outbox, blobs, files. Knows no feature and no HTTP."""
