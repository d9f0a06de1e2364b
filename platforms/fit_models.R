# Fits every model of a folder with lavaan: <case>.csv, <case>.txt, <case>.json with options; writes <case>-lavaan.json.
suppressPackageStartupMessages(library(lavaan))
folder <- commandArgs(TRUE)[1]
for (file in list.files(folder, "[0-9]\\.json$", full.names = TRUE)) {
  case <- sub("\\.json$", "", file)
  model <- paste(readLines(paste0(case, ".txt")), collapse = "\n")
  arguments <- c(list(model = model, data = read.csv(paste0(case, ".csv"))), jsonlite::fromJSON(file))
  fit <- suppressWarnings(do.call("sem", arguments))
  result <- list(
    converged = lavInspect(fit, "converged"),
    parameters = suppressWarnings(parameterEstimates(fit)),
    measures = if (lavInspect(fit, "converged")) as.list(suppressWarnings(fitMeasures(fit))) else list()
  )
  jsonlite::write_json(result, paste0(case, "-lavaan.json"), auto_unbox = TRUE, digits = NA, na = "null")
}
