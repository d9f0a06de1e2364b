# Loadings of three factors of nine tests (Holzinger and Swineford) under rotations of lavaan 0.7-2, raw metric.
suppressPackageStartupMessages(library(lavaan))
data <- read.csv(file.path("..", "data", "holzinger_swineford.csv"))
model <- paste("efa('b')*f1 + efa('b')*f2 + efa('b')*f3 =~", paste0("x", 1:9, collapse = " + "))
asked <- list(cf = list("cf", cf.gamma = .1), cf_parsimax = list("cf-parsimax"), cf_facparsim = list("cf-facparsim"),
              cf_varimax = list("cf-varimax"), infomax = list("infomax"), infomax_orthogonal = list("infomax", orthogonal = TRUE),
              entropy = list("entropy"), orthomax = list("orthomax", orthomax.gamma = .5, orthogonal = TRUE))
found <- lapply(names(asked), function(name) {
  fit <- cfa(model, data, rotation = asked[[name]][[1]], rotation.args = asked[[name]][-1], se = "none")
  data.frame(rotation = name, item = paste0("x", 1:9), round(unclass(lavInspect(fit, "est")$lambda), 8))
})
write.csv(do.call(rbind, found), "loadings.csv", row.names = FALSE, quote = FALSE)
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")
