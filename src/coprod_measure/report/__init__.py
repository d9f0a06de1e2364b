"""What we tell the reader: records become a document, and the document becomes files. No statistics here."""
