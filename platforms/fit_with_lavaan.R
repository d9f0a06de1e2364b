# Rscript fit_with_lavaan.R CASE.json: fit a model with lavaan and print parameters and fit measures as JSON.
# CASE.json: {"function": "cfa", "model": "...", "data": "data.csv", "options": {...}} with lavaan's own options.
suppressPackageStartupMessages(library(lavaan))
case <- jsonlite::fromJSON(commandArgs(TRUE)[1])
data <- read.csv(case$data, stringsAsFactors = FALSE)
# Gauss-Newton steps end closer to the minimum than the default, but not with gaps, ordered answers or
# equality across groups.
closer <- !any(c("ordered", "missing", "group") %in% names(case$options))
options <- c(case$options, if (closer) list(optim.method = "GN", optim.gn.tol.x = 1e-10))
fit <- do.call(case[["function"]], c(list(model = case$model, data = data), options))
parameters <- as.data.frame(parameterEstimates(fit, standardized = TRUE))
wanted <- c("lhs", "op", "rhs", "group", "est", "se", "ci.lower", "ci.upper", "std.lv", "std.all")
if (is.null(parameters$group)) parameters$group <- 1
parameters <- parameters[parameters$se > 0, wanted]
names(parameters) <- gsub(".", "_", wanted, fixed = TRUE)
measures <- as.list(unclass(fitMeasures(fit)))
names(measures) <- gsub(".", "_", names(measures), fixed = TRUE)
cat(jsonlite::toJSON(list(converged = lavInspect(fit, "converged"), parameters = parameters, measures = measures),
                     auto_unbox = TRUE, digits = NA, na = "null"))
