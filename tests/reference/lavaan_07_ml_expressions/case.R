# Arithmetic in modifiers; starting values and equalities by group.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school")
write_case(fit)
